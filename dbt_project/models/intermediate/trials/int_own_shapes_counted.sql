{{ counted_shapes(ref('int_own_trials_placed')) }}
