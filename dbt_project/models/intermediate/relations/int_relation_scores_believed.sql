-- The scores that the downstream analysis needs, cohort by cohort: of members of a cohort of
-- dim_cohorts, of weights over all sources, and of layers of networks; as weaker and weaker links
-- between names are believed.
with cohorts as (select * from {{ ref('int_relation_cohorts_believed') }}),
wanted as (select * from {{ ref('int_relation_benchmarks_listed') }}),
members as (select * from {{ ref('int_relation_members_scored') }}),
by_weights as (select * from {{ ref('int_relation_weights_scored') }}),

covariates as (
    select * from {{ ref('covariate_benchmarks') }}
    where covariate = 'imagenet_top1'
),

layers as (
    select * from {{ ref('int_layer_scores_unioned') }}
    where score is not null
),

snapshots as (select * from {{ ref('snapshots') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
families as (select * from {{ ref('int_model_families_matched') }}),

untrained as (
    select model_id
    from {{ ref('int_model_attributes_collected') }}
    where attribute = 'objective'
    group by model_id
    having arg_min(value, priority) = 'untrained'
),

accuracies as (
    select
        by_weights.confidence,
        by_weights.model_id,
        arg_min(by_weights.score * covariates.percent_per_unit, covariates.priority)
            as imagenet_top1,
        max(by_weights.score) filter (where by_weights.benchmark_id = 'timm.imagenet.top1')
            as timm_top1
    from by_weights
    inner join covariates using (benchmark_id)
    group by all
),

over_all_sources as (
    select
        cohorts.cohort_id,
        cohorts.is_trained_only,
        by_weights.*,
        by_weights.model_id as unit_id
    from cohorts
    inner join by_weights using (confidence)
    where cohorts.unit = 'model' and cohorts.member_cohort_id is null
    union all by name
    select
        cohorts.cohort_id,
        cohorts.is_trained_only,
        cohorts.confidence,
        names.model_id,
        layers.benchmark_id,
        snapshots.source_id,
        layers.score,
        layers.source_model_key || '/' || layers.layer as unit_id,
        layers.source_model_name || ', ' || layers.layer as unit_name,
        layers.source_model_key as network_id
    from cohorts
    cross join layers
    inner join snapshots using (snapshot_id)
    inner join names
        on
            layers.snapshot_id = names.snapshot_id
            and layers.source_model_key = names.source_model_key
    -- layers have both sides from one source
    where cohorts.unit = 'layer' and cohorts.is_own
),

gathered as (
    select * from members
    union all by name
    select over_all_sources.* exclude (is_trained_only)
    from over_all_sources
    left join untrained using (model_id)
    where untrained.model_id is null or not over_all_sources.is_trained_only
),

final as (
    select
        gathered.cohort_id,
        gathered.confidence,
        gathered.unit_id,
        coalesce(gathered.unit_name, families.display_name, gathered.unit_id) as unit_name,
        gathered.model_id,
        coalesce(families.family, gathered.model_id) as family,
        coalesce(gathered.network_id, families.family, gathered.model_id) as cluster_id,
        gathered.source_id,
        gathered.benchmark_id,
        gathered.score,
        -- a cohort that prints accuracies of its own keeps to them
        if(
            count(gathered.own_top1) over (
                partition by gathered.cohort_id, gathered.confidence
            ) > 0,
            gathered.own_top1,
            accuracies.imagenet_top1
        ) as imagenet_top1,
        accuracies.imagenet_top1 as imagenet_top1_first_known,
        accuracies.timm_top1 as imagenet_top1_timm,
        gathered.measured_top1 as imagenet_top1_measured
    from gathered
    semi join wanted using (cohort_id, benchmark_id)
    left join families using (model_id)
    left join accuracies using (confidence, model_id)
)

select * from final
