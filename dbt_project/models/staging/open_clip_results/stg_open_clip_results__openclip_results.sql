select
    {{ printed_score(
        'open_clip_2026', "name || ' ' || pretrained",
        "'open_clip.' || regexp_replace(lower(column_name), '[^a-z0-9]+', '-', 'g')", 'column_name'
    ) }}
from {{ cells_of(
    source('open_clip_results', 'openclip_results'), 'name, pretrained, "params (M)", "FLOPs (B)"'
) }}
