{#- A query names the marts as a reader would; each name is replaced by its ref for lineage. -#}
{%- set relations = {
    'marts.fct_alignment': ref('fct_alignment'),
    'marts.fct_behaviour_summary': ref('fct_behaviour_summary'),
    'marts.fct_benchmark_correlations': ref('fct_benchmark_correlations'),
    'marts.fct_high_mid_low': ref('fct_high_mid_low'),
    'marts.fct_missing_policies': ref('fct_missing_policies'),
    'marts.fct_probe_results': ref('fct_probe_results'),
    'marts.fct_scores': ref('fct_scores'),
    'marts.dim_cohorts': ref('dim_cohorts'),
    'marts.bridge_cohort_models': ref('bridge_cohort_models'),
    'marts.rpt_cohort_agreement': ref('rpt_cohort_agreement'),
    'marts.rpt_ahlert2024_fig1_correlations': ref('rpt_ahlert2024_fig1_correlations'),
    'marts.rpt_ahlert2024_fig2_neural_behaviour': ref('rpt_ahlert2024_fig2_neural_behaviour'),
    'marts.rpt_ahlert2024_fig3_rankings': ref('rpt_ahlert2024_fig3_rankings'),
    'marts.rpt_ahlert2024_fig5_correlations': ref('rpt_ahlert2024_fig5_correlations'),
    'marts.rpt_ahlert2024_fig6_distributions': ref('rpt_ahlert2024_fig6_distributions'),
    'marts.rpt_ahlert2024_fig7_missingness': ref('rpt_ahlert2024_fig7_missingness'),
    'marts.rpt_sucholutsky2023_fig3_correlations': ref('rpt_sucholutsky2023_fig3_correlations'),
    'marts.rpt_sucholutsky2023_fig4_models': ref('rpt_sucholutsky2023_fig4_models'),
    'marts.rpt_sucholutsky2023_table2': ref('rpt_sucholutsky2023_table2'),
    'marts.rpt_triplets_needed': ref('rpt_triplets_needed'),
} -%}
{%- set queries = paper_queries() -%}

with targets as (
    select * from {{ ref('paper_targets') }}
),

computed as (
    {% for target_id, query in queries.items() %}
    {%- set executable = namespace(sql=query) -%}
    {%- for name, relation in relations.items() -%}
    {%- set executable.sql = executable.sql | replace(name, relation | string) -%}
    {%- endfor %}
    select
        '{{ target_id }}' as target_id,
        ({{ executable.sql }}) as ours,
        '{{ query | replace("'", "''") }}' as query
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- inputs that are not public; what is computed from one is computed here on a stand-in
missing_inputs as (
    select
        unnest([
            'export', 'attention_maps', 'probes', 'ranked_models', 'alignments', 'peterson'
        ]) as depends_on,
        unnest([
            'the private Brain-Score export behind the paper (its set of models)',
            'attention-map similarity (ClickMe) of the models',
            'few-shot accuracies of the 491 models',
            'trials of the 52 models that were ranked',
            'alignment of the 491 models with people on the six image sets of Peterson et al.',
            'the six image sets of Peterson et al. and their judgements'
        ]) as missing_input
),

compared as (
    select
        targets.*,
        missing_inputs.missing_input,
        computed.ours,
        computed.query,
        abs(computed.ours - targets.printed) as distance,
        -- counts over empty marts are zero
        computed.query is null
        or not (computed.ours is null or (computed.ours = 0 and targets.printed != 0)) as is_built
    from targets
    left join computed using (target_id)
    left join missing_inputs using (depends_on)
),

-- no status is chosen by hand: it follows from the numbers and from what the printed one depends
-- on. A number over models, maps or probes that nobody published cannot be contradicted from public
-- data: it is unreachable unless our stand-in hits or comes close all the same. Only a correlation
-- has a sign to keep, and an identity is never nearly right.
final as (
    select
        target_id,
        paper,
        artefact,
        quantity,
        kind,
        printed,
        tolerance,
        ours,
        case
            when not is_built then 'not_built'
            when distance <= tolerance + 1e-9 then 'exact'
            when kind != 'identity' and distance <= .1 * abs(printed) then 'close'
            when kind = 'correlation' and sign(ours) = sign(printed) then 'sign'
            when missing_input is not null then 'unreachable'
            else 'contradicted'
        end as status,
        case
            when not is_built then 'a source is absent'
            when missing_input is not null and ours is null
                then 'missing input: ' || missing_input
            else
                'differs by ' || round(distance, 4) || ', tolerance ' || tolerance
                || coalesce('; missing input: ' || missing_input, '')
                || case when is_post_hoc then '; reading chosen by its result' else '' end
        end as reason,
        reading,
        is_post_hoc,
        depends_on,
        expected_status,
        query
    from compared
)

select * from final
