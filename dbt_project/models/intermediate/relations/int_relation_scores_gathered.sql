-- The scores that the downstream analysis needs, cohort by cohort. Members of a cohort of
-- dim_cohorts keep the scores of their own snapshot, areas and behaviour as means of the cohort's
-- leaves; benchmarks that the snapshot lacks join by weights. In the cohorts over all sources a
-- set of weights has one value per benchmark. Few-shot accuracies are means over their seeds.
with recursive relation_cohorts as (
    select
        *,
        case confidence
            when 'exact_weights' then 1
            when 'same_recipe' then 2
            when 'same_architecture' then 3
            when 'guess' then 4
        end as confidence_rank
    from {{ ref('relation_cohorts') }}
),

grid as (
    select * from {{ ref('relation_grid') }}
),

benchmarks as (
    select * from {{ ref('benchmarks') }}
),

covariates as (
    select * from {{ ref('covariate_benchmarks') }}
    where covariate = 'imagenet_top1'
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

evidenced as (
    select * from {{ ref('int_scores_evidenced') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

families as (
    select * from {{ ref('int_model_families_matched') }}
),

untrained as (
    select model_id
    from {{ ref('int_model_attributes_collected') }}
    where attribute = 'objective'
    group by model_id
    having arg_min(value, priority) = 'untrained'
),

members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

levelled as (
    select * from {{ ref('int_cohort_scores_levelled') }}
),

layer_scores as (
    select * from {{ ref('int_layer_scores_unioned') }}
    where score is not null
),

wanted as (  -- by both roles of every block
    select
        relation_cohorts.cohort_id,
        benchmarks.benchmark_id
    from grid
    inner join relation_cohorts
        on regexp_full_match(relation_cohorts.cohort_id, grid.cohort_pattern)
    inner join benchmarks
        on
            regexp_full_match(benchmarks.benchmark_id, grid.alignment_pattern)
            or regexp_full_match(benchmarks.benchmark_id, grid.property_pattern)
    group by all
),

descents as (  -- every leaf below an aggregate
    select
        benchmark_id,
        parent_benchmark_id as aggregate_id,
        is_aggregate
    from benchmarks
    where parent_benchmark_id is not null
    union all
    select
        descents.benchmark_id,
        benchmarks.parent_benchmark_id as aggregate_id,
        descents.is_aggregate
    from descents
    inner join benchmarks on descents.aggregate_id = benchmarks.benchmark_id
    where benchmarks.parent_benchmark_id is not null
),

leaf_cells as (
    select
        scores.snapshot_id,
        scores.source_model_key,
        scores.variant_id,
        descents.aggregate_id,
        count(*) filter (where scores.score_directed is null) as n_missing
    from evidenced as scores
    inner join descents using (benchmark_id)
    where not descents.is_aggregate
    group by all
),

-- Aggregates as published count missing cells as zero: one stands only where no leaf is missing.
-- The variants of a probe are its seeds, those of anything else other sizes, heads or distances.
published as (
    select
        scores.snapshot_id,
        snapshots.snapshot_date,
        scores.source_id,
        scores.source_model_key,
        scores.benchmark_id,
        case
            when benchmarks.suite = 'probe'
                then avg(scores.score_directed order by scores.variant_id)
            else arg_min(scores.score_directed, scores.variant_id)
        end as score
    from evidenced as scores
    inner join snapshots using (snapshot_id)
    inner join benchmarks using (benchmark_id)
    left join leaf_cells
        on
            scores.snapshot_id = leaf_cells.snapshot_id
            and scores.source_model_key = leaf_cells.source_model_key
            and scores.variant_id = leaf_cells.variant_id
            and scores.benchmark_id = leaf_cells.aggregate_id
    where
        scores.score_directed is not null
        and (not benchmarks.is_aggregate or leaf_cells.n_missing = 0)
        and snapshots.is_current
        and (
            scores.benchmark_id in (select wanted.benchmark_id from wanted)
            or scores.benchmark_id in (select covariates.benchmark_id from covariates)
        )
    group by
        scores.snapshot_id, snapshots.snapshot_date, scores.source_id, scores.source_model_key,
        scores.benchmark_id, benchmarks.suite
),

own_accuracies as (  -- that a snapshot prints itself
    select
        published.snapshot_id,
        published.source_model_key,
        arg_min(published.score * covariates.percent_per_unit, covariates.priority)
            as imagenet_top1
    from published
    inner join covariates using (benchmark_id)
    group by published.snapshot_id, published.source_model_key
),

measured as (
    select
        snapshot_id,
        benchmark_id
    from published
    group by all
),

confidences as (
    select
        confidence,
        confidence_rank
    from relation_cohorts
    group by all
),

identified as (
    select
        confidences.confidence,
        published.*,
        case
            when names.confidence_rank <= confidences.confidence_rank
                then names.candidate_model_id
            else names.own_model_id
        end as model_id
    from published
    inner join names using (snapshot_id, source_model_key)
    cross join confidences
),

ordered as (
    select
        *,
        row_number() over (
            partition by confidence, model_id, benchmark_id
            order by
                snapshot_date desc, snapshot_id asc,
                try_cast(source_model_key as bigint) asc, source_model_key asc
        ) as place
    from identified
),

by_weights as (  -- one value per confidence, set of weights and benchmark
    select * from ordered
    where place = 1
),

accuracies as (
    select
        by_weights.confidence,
        by_weights.model_id,
        arg_min(by_weights.score * covariates.percent_per_unit, covariates.priority)
            as imagenet_top1
    from by_weights
    inner join covariates using (benchmark_id)
    group by by_weights.confidence, by_weights.model_id
),

cohort_units as (
    select
        relation_cohorts.cohort_id,
        relation_cohorts.confidence,
        members.cohort_id as member_cohort_id,
        members.snapshot_id,
        members.source_model_key,
        members.variant_id,
        members.source_model_key || '/' || members.variant_id as unit_id,
        members.source_model_name as unit_name,
        case
            when names.confidence_rank <= relation_cohorts.confidence_rank
                then names.candidate_model_id
            else names.own_model_id
        end as model_id,
        coalesce(members.imagenet_top1 * 100, own_accuracies.imagenet_top1) as own_top1
    from relation_cohorts
    inner join members on relation_cohorts.member_cohort_id = members.cohort_id
    inner join names using (snapshot_id, source_model_key)
    left join own_accuracies using (snapshot_id, source_model_key)
),

of_levels as (
    select
        cohort_units.*,
        levelled.benchmark_id,
        levelled.score_directed as score,
        snapshots.source_id,
        1 as rank_of_origin
    from cohort_units
    inner join snapshots using (snapshot_id)
    inner join levelled
        on
            cohort_units.member_cohort_id = levelled.cohort_id
            and cohort_units.source_model_key = levelled.source_model_key
            and cohort_units.variant_id = levelled.variant_id
    where
        levelled.level in ('leaf', 'region')
        or (levelled.level = 'modality' and levelled.benchmark_id = 'neural_vision')
),

of_snapshots as (
    select
        cohort_units.*,
        published.benchmark_id,
        published.score,
        published.source_id,
        2 as rank_of_origin
    from cohort_units
    inner join published using (snapshot_id, source_model_key)
),

of_weights as (
    select
        cohort_units.*,
        by_weights.benchmark_id,
        by_weights.score,
        by_weights.source_id,
        3 as rank_of_origin
    from cohort_units
    inner join by_weights using (confidence, model_id)
    -- what the own snapshot measures is not filled up from elsewhere
    anti join measured
        on
            cohort_units.snapshot_id = measured.snapshot_id
            and by_weights.benchmark_id = measured.benchmark_id
),

origins as (
    select * from of_levels
    union all
    select * from of_snapshots
    union all
    select * from of_weights
),

of_cohorts as (
    select *
    from origins
    qualify
        row_number() over (
            partition by cohort_id, unit_id, benchmark_id
            order by rank_of_origin, source_id
        ) = 1
),

of_everything as (
    select
        relation_cohorts.cohort_id,
        relation_cohorts.confidence,
        by_weights.model_id as unit_id,
        by_weights.model_id,
        by_weights.source_id,
        by_weights.benchmark_id,
        by_weights.score
    from relation_cohorts
    inner join by_weights using (confidence)
    left join untrained using (model_id)
    where
        relation_cohorts.unit = 'model'
        and relation_cohorts.member_cohort_id is null
        and (untrained.model_id is null or not relation_cohorts.is_trained_only)
),

of_layers as (
    select
        relation_cohorts.cohort_id,
        relation_cohorts.confidence,
        layer_scores.source_model_key || '/' || layer_scores.layer as unit_id,
        layer_scores.source_model_name || ', ' || layer_scores.layer as unit_name,
        layer_scores.source_model_key as network_id,
        names.model_id,
        snapshots.source_id,
        layer_scores.benchmark_id,
        layer_scores.score
    from relation_cohorts
    cross join layer_scores
    inner join snapshots using (snapshot_id)
    inner join names using (snapshot_id, source_model_key)
    left join untrained using (model_id)
    where
        relation_cohorts.unit = 'layer'
        and (untrained.model_id is null or not relation_cohorts.is_trained_only)
),

gathered as (
    select
        cohort_id,
        confidence,
        unit_id,
        unit_name,
        cast(null as varchar) as network_id,
        model_id,
        own_top1,
        source_id,
        benchmark_id,
        score
    from of_cohorts
    union all by name
    select * from of_everything
    union all by name
    select * from of_layers
),

final as (
    select
        gathered.cohort_id,
        gathered.unit_id,
        coalesce(gathered.unit_name, families.display_name, gathered.unit_id) as unit_name,
        gathered.model_id,
        coalesce(families.family, gathered.model_id) as family,
        coalesce(gathered.network_id, families.family, gathered.model_id) as cluster_id,
        gathered.source_id,
        gathered.benchmark_id,
        gathered.score,
        -- a cohort that prints accuracies of its own keeps to them
        case
            when count(gathered.own_top1) over (partition by gathered.cohort_id) > 0
                then gathered.own_top1
            else accuracies.imagenet_top1
        end as imagenet_top1
    from gathered
    inner join wanted using (cohort_id, benchmark_id)
    left join families using (model_id)
    left join accuracies using (confidence, model_id)
)

select * from final
