{{ estimated_pairs(ref('int_own_pairs_counted')) }}
