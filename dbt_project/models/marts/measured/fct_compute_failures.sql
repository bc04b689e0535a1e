select * rename (_load_id as load_id, _file as source_file, _row as source_row)
from {{ measured('failures') }}
