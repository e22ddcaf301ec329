console.log('usage: quittance <command>');
