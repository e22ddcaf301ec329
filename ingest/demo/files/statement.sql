-- The lines of one camt.053.001.08 file, in order.
with wanted as (
  select * from statement where company = getvariable('statement_company') and month = getvariable('statement_month')::date
),
line as (
  select 0::bigint as place, '<?xml version="1.0" encoding="UTF-8"?>' || chr(10)
    || '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>' || chr(10)
    || '<GrpHdr><MsgId>' || code || '-' || strftime(month, '%Y%m') || '</MsgId><CreDtTm>' || until::varchar || 'T22:00:00Z</CreDtTm></GrpHdr>' || chr(10)
    || '<Stmt><Id>' || code || '-' || strftime(month, '%Y-%m') || '</Id><ElctrncSeqNb>' || number::varchar || '</ElctrncSeqNb><CreDtTm>' || until::varchar || 'T22:00:00Z</CreDtTm>'
    || '<FrToDt><FrDtTm>' || month::varchar || 'T00:00:00Z</FrDtTm><ToDtTm>' || until::varchar || 'T23:59:59Z</ToDtTm></FrToDt>' || chr(10)
    || '<Acct><Id>' || if(country = 'NL', '<IBAN>' || account || '</IBAN>', '<Othr><Id>' || account || '</Id></Othr>') || '</Id><Ccy>' || currency || '</Ccy><Ownr><Nm>' || in_xml(name) || '</Nm></Ownr></Acct>' || chr(10)
    || '<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="' || currency || '">' || abs(opening)::varchar || '</Amt><CdtDbtInd>' || if(opening < 0, 'DBIT', 'CRDT') || '</CdtDbtInd><Dt><Dt>' || month::varchar || '</Dt></Dt></Bal>' || chr(10)
    || '<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="' || currency || '">' || abs(closing)::varchar || '</Amt><CdtDbtInd>' || if(closing < 0, 'DBIT', 'CRDT') || '</CdtDbtInd><Dt><Dt>' || until::varchar || '</Dt></Dt></Bal>' as text
  from wanted
  union all
  select entry.line,
    '<Ntry><NtryRef>' || entry.line::varchar || '</NtryRef><Amt Ccy="' || wanted.currency || '">' || abs(entry.amount)::varchar || '</Amt><CdtDbtInd>' || if(entry.amount < 0, 'DBIT', 'CRDT')
    || '</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>' || booked_on::varchar || '</Dt></BookgDt><ValDt><Dt>' || booked_on::varchar || '</Dt></ValDt><AcctSvcrRef>'
    || wanted.code || strftime(booked_on, '%Y%m%d') || lpad(entry.line::varchar, 7, '0') || '</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>' || family || '</Cd><SubFmlyCd>' || sub_family || '</SubFmlyCd></Fmly></Domn></BkTxCd>'
    || '<NtryDtls><TxDtls><Refs><EndToEndId>' || reference || '</EndToEndId></Refs><Amt Ccy="' || wanted.currency || '">' || abs(entry.amount)::varchar || '</Amt><CdtDbtInd>' || if(entry.amount < 0, 'DBIT', 'CRDT') || '</CdtDbtInd><RltdPties>'
    || if(entry.amount < 0,
      '<Cdtr><Pty><Nm>' || in_xml(party) || '</Nm></Pty></Cdtr>' || case when entry.account is null then '' when regexp_matches(entry.account, '^[A-Z]{2}') then '<CdtrAcct><Id><IBAN>' || entry.account || '</IBAN></Id></CdtrAcct>' else '<CdtrAcct><Id><Othr><Id>' || entry.account || '</Id></Othr></Id></CdtrAcct>' end,
      '<Dbtr><Pty><Nm>' || in_xml(party) || '</Nm></Pty></Dbtr>')
    || '</RltdPties><RmtInf><Ustrd>' || in_xml(remittance) || '</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>'
  from entry join wanted using (company, month)
  union all
  select 9223372036854775807, '</Stmt></BkToCstmrStmt></Document>'
)
select text from line order by place
