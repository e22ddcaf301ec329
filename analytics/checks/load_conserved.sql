-- Of each batch and stream, loaded + rejected + ignored rows are the physical ones.
select batch_id, stream, physical, loaded, rejected, ignored
from load_count
where physical <> loaded + rejected + ignored or least(loaded, rejected, ignored) < 0
