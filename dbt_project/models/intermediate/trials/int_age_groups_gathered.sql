-- What each group of people, and the networks beside them, did on the images of a dataset whose
-- people are of several ages: one row per person, or pair of persons, that an average of the group
-- rests on. Condition 'all' is made of every condition but the undistorted one (part).
with datasets as (
    select * from {{ ref('trial_datasets') }}
    where is_by_age
),

observers as (
    select
        source_id,
        dataset_id,
        observer_id,
        age_group
    from {{ ref('int_observer_coverages_counted') }}
    semi join datasets using (dataset_id)
),

-- a network is by itself, and one of the networks
members as (
    select
        * exclude (age_group),
        coalesce(age_group, observer_id) as group_name
    from observers
    union all by name
    select
        * exclude (age_group),
        'models' as group_name
    from observers
    where age_group is null
),

decisions as (select * from {{ ref('int_observer_decisions_packed') }}),

shape_biases as (
    select * from {{ ref('int_shape_biases_counted') }}
    where is_all_categories
),

-- 20 shared images make a single kappa, as published; only averages of them are shown
pairs as (
    select
        *,
        {{ observed_consistency('n_shared', 'n_correct_a', 'n_correct_b', 'n_correct_both') }}
            as observed,
        {{ expected_consistency('n_shared', 'n_correct_a', 'n_correct_b') }} as expected
    from {{ ref('int_observer_pairs_counted') }}
    where n_shared >= 20
),

both_ways as (
    select
        *,
        observer_a as observer_id,
        observer_b as other_id,
        source_a as source_id
    from pairs
    union all by name
    select
        *,
        observer_b as observer_id,
        observer_a as other_id,
        source_b as source_id
    from pairs
),

single as (
    select
        dataset_id,
        condition,
        is_excluded,
        'accuracy' as measure,
        group_name,
        observer_id,
        n_correct / n_trials as value, -- noqa: RF04
        n_trials as weight
    from members
    inner join decisions using (source_id, dataset_id, observer_id)
    union all by name
    select
        both_ways.dataset_id,
        both_ways.condition,
        both_ways.is_excluded,
        'error_consistency' as measure,
        own.group_name,
        others.group_name as other_group,
        both_ways.observer_id,
        both_ways.other_id,
        {{ averaged_consistency(
            'both_ways.observed', error_consistency('both_ways.observed', 'both_ways.expected')
        ) }} as value, -- noqa: RF04
        1 as weight
    from both_ways
    inner join members as own using (source_id, dataset_id, observer_id)
    inner join members as others
        on
            both_ways.dataset_id = others.dataset_id
            and both_ways.other_id = others.observer_id
    -- a pair counts once inside a group; nobody is compared with one network by itself
    where
        (own.group_name != others.group_name or both_ways.observer_id < both_ways.other_id)
        and others.group_name != others.observer_id
),

final as (
    select
        * exclude (is_excluded),
        condition as part
    from single
    union all by name
    select
        * exclude (is_excluded) replace ('all' as condition),
        condition as part
    from single
    where not is_excluded
    union all by name
    select
        dataset_id,
        'all' as condition,
        'all' as part,
        'shape_bias' as measure,
        group_name,
        observer_id,
        n_shape / (n_shape + n_texture) as value, -- noqa: RF04
        n_shape + n_texture as weight
    from members
    inner join shape_biases using (source_id, dataset_id, observer_id)
    where n_shape + n_texture > 0
)

select * from final
