-- One observer across its files. A model has one identity in its source; a person only inside one
-- dataset (subject-01 of two datasets need not be one person).
with coverages as (select * from {{ ref('int_observer_coverages_counted') }}),
twins as (select * from {{ ref('int_observer_twins_detected') }}),

sources as (
    select
        source_id,
        min(source_priority) as source_priority
    from {{ ref('trial_folders') }}
    group by source_id
),

observers as (
    select
        source_id,
        observer_id,
        case when is_human then dataset_id else 'all' end as dataset_scope,
        is_human,
        min(age_group) as age_group,
        min(repeats_source_id) as repeats_source_id,
        count(*) as n_datasets,
        count(*) filter (where is_toolbox and not is_partial) as n_toolbox_datasets,
        count(*) filter (where is_partial) as n_partial_datasets,
        string_agg(
            dataset_id || ' (' || n_trials || ' of ' || n_images || ')', ', ' order by dataset_id
        ) filter (where is_partial) as partial_datasets,
        cast(sum(n_trials) as bigint) as n_trials,
        cast(sum(n_unanswered) as bigint) as n_unanswered,
        sum(n_correct) / sum(n_trials) as accuracy,
        cast(sum(n_undistorted) as bigint) as n_undistorted,
        sum(n_undistorted_correct) / nullif(sum(n_undistorted), 0) as accuracy_undistorted
    from coverages
    group by all
),

placed as (
    select
        observers.*,
        -- what most models of the source were tried on
        mode(observers.n_datasets) filter (where not observers.is_human) over (
            partition by source_id
        ) as n_usual_datasets,
        row_number() over (
            order by
                observers.n_toolbox_datasets desc,
                sources.source_priority asc,
                observers.observer_id asc,
                observers.dataset_scope asc
        ) as place
    from observers
    left join sources using (source_id)
),

both_ways as (
    select
        source_a as source_id,
        observer_a as observer_id,
        source_b as twin_source_id,
        observer_b as twin_observer_id
    from twins
    union all
    select
        source_b,
        observer_b,
        source_a,
        observer_a
    from twins
),

-- of observers that answer alike the one with the most whole datasets is the first, then the one
-- of the preferred source
firsts as (
    select
        both_ways.source_id,
        both_ways.observer_id,
        arg_min(firsts.source_id || '/' || firsts.observer_id, firsts.place) as duplicate_of
    from both_ways
    inner join placed as own using (source_id, observer_id)
    inner join placed as firsts
        on
            both_ways.twin_source_id = firsts.source_id
            and both_ways.twin_observer_id = firsts.observer_id
    where firsts.place < own.place
    group by all
),

-- a head that was wired wrongly still has habits, and over thousands of images they differ from
-- 1 in 16 by a test; so the test is against twice chance, on images without distortion
tested as (
    select
        placed.*,
        coalesce(
            placed.repeats_source_id || '/' || placed.observer_id,
            firsts.duplicate_of
        ) as duplicate_of,
        (placed.accuracy_undistorted - 2 / 16)
        / sqrt(2 / 16 * (1 - 2 / 16) / nullif(placed.n_undistorted, 0)) as z_twice_chance
    from placed
    left join firsts using (source_id, observer_id)
),

final as (
    select
        * exclude (place, repeats_source_id),
        coalesce(z_twice_chance < -3.0902, false) as is_broken,
        n_partial_datasets > 0 or (not is_human and n_datasets < n_usual_datasets) as is_partial,
        duplicate_of is not null as is_duplicate,
        not is_human
        and n_toolbox_datasets = 17
        and not coalesce(z_twice_chance < -3.0902, false)
        and duplicate_of is null as is_ranked
    from tested
)

select * from final
