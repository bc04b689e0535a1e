{{ staged_probe_results(source('own', 'probe_results'), 'own') }}
