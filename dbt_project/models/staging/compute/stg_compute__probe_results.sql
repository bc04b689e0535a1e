{{ staged_probe_results(source('compute', 'probe_results'), 'compute_2026_11') }}
