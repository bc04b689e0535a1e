-- Every row that a known issue touches, however it was found.
with final as (
    select * from {{ ref('int_filtered_issues_found') }}
    union all by name
    select * from {{ ref('int_name_issues_found') }}
    union all by name
    select * from {{ ref('int_score_issues_found') }}
    union all by name
    select * from {{ ref('int_trial_issues_found') }}
)

select * from final
