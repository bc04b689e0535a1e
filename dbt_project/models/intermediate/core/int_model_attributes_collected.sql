-- What each source says about a set of weights, one statement a row. The smallest priority is
-- believed: reviewed facts, the timm tag, curated metadata, then the studies' own columns.
with names as (select * from {{ ref('int_model_names_resolved') }}),

tagged as (
    select distinct
        model_id,
        regexp_extract(model_id, '^(.*)\.[^.]+$', 1) as architecture,
        regexp_extract(model_id, '\.([^.]+)$', 1) as tag
    from names
    where not contains(model_id, ':')
),

timm_sizes as (
    {% for results in var('timm_results', ['2022_01_18', '2022_07_27', '2025_10_30']) %}
    select
        snapshot_id,
        source_model_key,
        n_parameters
    from {{ ref('stg_timm_results__results_' ~ results) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

scaling as (
    select
        names.model_id,
        min(scores.architecture) as architecture,
        min(scores.training_data) as training_data,
        max(scores.n_parameters) as n_parameters,
        case
            when bool_or(scores.is_random) then 'untrained'
            when bool_or(scores.is_self_supervised) then 'self-supervised'
        end as objective
    from {{ ref('stg_scaling_primate_vvs__benchmark_scores') }} as scores
    inner join names using (snapshot_id, source_model_key)
    group by names.model_id
),

stated as (
    select
        tagged.model_id,
        tagged.architecture,
        tags.training_data,
        tags.objective,
        2 as priority
    from tagged
    left join {{ ref('timm_tags') }} as tags on regexp_matches(tagged.tag, tags.pattern)
    qualify row_number() over (partition by tagged.model_id order by tags.priority) = 1
    union all by name
    select
        names.model_id,
        max(timm_sizes.n_parameters) as n_parameters,
        2 as priority
    from timm_sizes
    inner join names using (snapshot_id, source_model_key)
    group by names.model_id
    union all by name
    select distinct
        names.model_id,
        manifests.architecture,
        manifests.training_data,
        case when manifests.weights_source = 'random' then 'untrained' end as objective,
        3 as priority
    from {{ measured('embedding_manifests') }} as manifests
    inner join names using (snapshot_id, source_model_key)
    union all by name
    select
        names.model_id,
        metadata.supervision_type as objective,
        3 as priority
    from {{ ref('stg_brainscore_model_metadata__models') }} as metadata
    inner join names using (snapshot_id, source_model_name)
    union all by name
    select
        names.model_id,
        string_agg(
            distinct datasets.dataset_identifier, ' + ' order by datasets.dataset_identifier
        ) as training_data,
        3 as priority
    from {{ ref('stg_brainscore_model_metadata__model_datasets') }} as datasets
    inner join names using (snapshot_id, source_model_name)
    where datasets.training_role = 'training'
    group by names.model_id
    union all by name
    select
        names.model_id,
        min(replace(parents.relation, '_', ' ') || ' ' || parents.parent_name) as lineage,
        3 as priority
    from {{ ref('stg_brainscore_web_metadata__model_relationships') }} as parents
    inner join names using (snapshot_id, source_model_name)
    group by names.model_id
    union all by name
    select
        model_id,
        n_parameters,
        3 as priority
    from scaling
    union all by name
    select
        names.model_id,
        metadata.n_parameters,
        4 as priority
    from {{ ref('stg_brainscore_model_metadata__models') }} as metadata
    inner join names using (snapshot_id, source_model_name)
    union all by name
    select
        * exclude (n_parameters),
        4 as priority
    from scaling
    union all by name
    select
        names.model_id,
        min(scores.architecture) as architecture,
        min(scores.train_data) as training_data,
        max(scores.n_parameters) as n_parameters,
        case min(scores.train_task)
            when 'random' then 'untrained'
            when 'classification' then 'supervised'
            else min(scores.train_task)
        end as objective,
        5 as priority
    from {{ ref('stg_deepnsd__results_summarys') }} as scores
    inner join names using (snapshot_id, source_model_key)
    group by names.model_id
    union all by name
    select
        model_id,
        split_part(source_model_name, '|', 1) as architecture,
        case when split_part(source_model_name, '|', 3) = 'Untrained' then 'untrained' end
            as objective,
        6 as priority
    from names
    where snapshot_id = 'encoder_dimensionality_2022'
    union all by name
    select
        names.model_id,
        min(metadata.pretraining) as training_data,
        6 as priority
    from {{ ref('stg_timm_results__model_metadata') }} as metadata
    inner join names using (snapshot_id, source_model_key)
    group by names.model_id
    union all by name
    -- before DeepNSD, which counts a third less in CLIP's image towers
    select
        names.model_id,
        min(profiles.architecture) as architecture,
        max(profiles.n_parameters) as n_parameters,
        'clip' as objective,
        4 as priority
    from names
    inner join {{ ref('stg_open_clip_results__model_profiles') }} as profiles
        on
            names.namespace = 'open_clip'
            and split_part(names.source_model_name, ' ', 1) = profiles.architecture
    group by names.model_id
),

printed as (
    select * replace (cast(n_parameters as varchar) as n_parameters) from stated
),

unpivoted as (
    unpivot printed
    on architecture, training_data, objective, n_parameters, lineage
    into name attribute value value
),

final as (
    select * from unpivoted
    where value != ''
    union all by name
    select
        * exclude (evidence),
        1 as priority
    from {{ ref('model_attributes') }}
)

select * from final
