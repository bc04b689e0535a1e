with fitted as (select * from {{ ref('int_relation_shapes_fitted') }}),
declared as (select * from {{ ref('int_relation_pairs_declared') }}),

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
        relations.p_value_naive as z2_p_value,
        max(fitted.n_units) over (
            partition by fitted.cohort_id, fitted.alignment_id, fitted.property_id
        ) as n_plain,
        fitted.vertex > fitted.alignment_min and fitted.vertex < fitted.alignment_max
            as is_vertex_inside,
        -- a parabola that turns over a few units at an end is a bend
        fitted.share_below_vertex between .1 and .9 as is_vertex_amid,
        {{ two_lines_verdict(
            'slope_low', 'slope_low_p_value_naive', 'slope_high', 'slope_high_p_value_naive',
            'line_p_value_naive'
        ) }} as two_lines_verdict_naive,
        {{ two_lines_verdict(
            'slope_low', 'slope_low_p_value', 'slope_high', 'slope_high_p_value', 'line_p_value'
        ) }} as two_lines_verdict
    from fitted
    inner join declared using (cohort_id, alignment_id, property_id)
    inner join relations using (cohort_id, alignment_id, property_id, covariate)
),

final as (
    select
        * exclude (is_enough, is_covariate_side, n_plain, is_vertex_amid, two_lines_verdict),
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
        case
            -- fewer cannot tell a U from chance, nor nothing from a U
            when n_units < 30 or n_clusters < 10 then 'undecided'
            -- a U has two sides, each of which has to be sure
            when
                two_lines_verdict in ('u', 'inverted_u')
                and (n_clusters_low < 10 or n_clusters_high < 10)
                then 'undecided'
            else two_lines_verdict
        end as verdict
    from compared
)

select * from final
