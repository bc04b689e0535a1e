{{ counted_shapes(ref('int_trials_unioned')) }}
