select * from {{ ref('int_agreement_explained') }}
