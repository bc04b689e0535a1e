with fitted as (
    select * from {{ ref('int_relation_shapes_fitted') }}
),

declared as (
    select * from {{ ref('int_relation_pairs_declared') }}
),

relations as (
    select * from {{ ref('int_relations_estimated') }}
    where transform = 'z2' and method = 'pearson'
),

compared as (
    select
        fitted.*,
        declared.is_covariate_side,
        relations.n_families,
        relations.estimate as z2_estimate,
        relations.p_value as z2_p_value,
        max(fitted.n_units) over (
            partition by fitted.cohort_id, fitted.alignment_id, fitted.property_id
        ) as n_plain,
        fitted.vertex > fitted.alignment_min and fitted.vertex < fitted.alignment_max
            as is_vertex_inside,
        -- a parabola that turns over a few units at an end is a bend
        fitted.share_below_vertex between .1 and .9 as is_vertex_amid,
        {{ two_lines_verdict(
            'slope_low', 'slope_low_p_value', 'slope_high', 'slope_high_p_value', 'line_p_value'
        ) }} as two_lines_verdict,
        {{ two_lines_verdict(
            'slope_low', 'slope_low_family_p_value', 'slope_high', 'slope_high_family_p_value',
            'line_family_p_value'
        ) }} as family_verdict
    from fitted
    inner join declared using (cohort_id, alignment_id, property_id)
    inner join relations using (cohort_id, alignment_id, property_id, covariate)
),

judged as (
    select
        *,
        {{ relation_state('quadratic_estimate', 'n_plain') }} as state,
        case
            when z2_p_value is null then 'undecided'
            when z2_p_value >= .05 then 'none'
            when z2_estimate > 0 then 'u'
            else 'inverted_u'
        end as z2_verdict,
        case
            when quadratic_p_value is null or line_p_value is null then 'undecided'
            when quadratic_p_value < .05 and is_vertex_amid and quadratic_estimate > 0 then 'u'
            when quadratic_p_value < .05 and is_vertex_amid then 'inverted_u'
            when quadratic_p_value < .05 or line_p_value < .05 then 'monotone'
            else 'none'
        end as quadratic_verdict,
        -- fewer cannot tell a U from chance, nor nothing from a U
        case
            when n_units < 30 or n_clusters < 10 or two_lines_verdict <> family_verdict
                then 'undecided'
            -- a U has two sides, each of which has to be sure
            when
                family_verdict in ('u', 'inverted_u')
                and (n_clusters_low < 10 or n_clusters_high < 10)
                then 'undecided'
            when two_lines_verdict = family_verdict then family_verdict
            else 'undecided'
        end as verdict
    from compared
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(alignment_id as varchar) as alignment_id,
        cast(property_id as varchar) as property_id,
        cast(covariate as varchar) as covariate,
        cast(state as varchar) as state,
        cast(n_units as bigint) as n_units,
        cast(n_families as bigint) as n_families,
        cast(n_clusters as bigint) as n_clusters,
        cast(alignment_mean as double) as alignment_mean,
        cast(alignment_sd as double) as alignment_sd,
        cast(alignment_min as double) as alignment_min,
        cast(alignment_max as double) as alignment_max,
        cast(line_constant as double) as line_constant,
        cast(line_slope as double) as line_slope,
        cast(line_se as double) as line_se,
        cast(line_p_value as double) as line_p_value,
        cast(line_family_se as double) as line_family_se,
        cast(line_family_p_value as double) as line_family_p_value,
        cast(quadratic_constant as double) as quadratic_constant,
        cast(quadratic_linear as double) as quadratic_linear,
        cast(quadratic_estimate as double) as quadratic_estimate,
        cast(quadratic_se as double) as quadratic_se,
        cast(quadratic_p_value as double) as quadratic_p_value,
        cast(quadratic_family_se as double) as quadratic_family_se,
        cast(quadratic_family_p_value as double) as quadratic_family_p_value,
        cast(vertex as double) as vertex,
        cast(is_vertex_inside as boolean) as is_vertex_inside,
        cast(share_below_vertex as double) as share_below_vertex,
        cast(covariate_mean as double) as covariate_mean,
        cast(covariate_slope as double) as covariate_slope,
        cast(breakpoint as double) as breakpoint,
        cast(n_low as bigint) as n_low,
        cast(n_high as bigint) as n_high,
        cast(n_clusters_low as bigint) as n_clusters_low,
        cast(n_clusters_high as bigint) as n_clusters_high,
        cast(slope_low as double) as slope_low,
        cast(slope_low_se as double) as slope_low_se,
        cast(slope_low_p_value as double) as slope_low_p_value,
        cast(slope_low_family_se as double) as slope_low_family_se,
        cast(slope_low_family_p_value as double) as slope_low_family_p_value,
        cast(slope_high as double) as slope_high,
        cast(slope_high_se as double) as slope_high_se,
        cast(slope_high_p_value as double) as slope_high_p_value,
        cast(slope_high_family_se as double) as slope_high_family_se,
        cast(slope_high_family_p_value as double) as slope_high_family_p_value,
        cast(z2_estimate as double) as z2_estimate,
        cast(z2_p_value as double) as z2_p_value,
        cast(z2_verdict as varchar) as z2_verdict,
        cast(quadratic_verdict as varchar) as quadratic_verdict,
        cast(two_lines_verdict as varchar) as two_lines_verdict,
        cast(family_verdict as varchar) as family_verdict,
        cast(verdict as varchar) as verdict
    from judged
)

select * from final
