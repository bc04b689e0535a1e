{{ cortex_scores(source('rsa_effective_robustness', 'rsa_illusions')) }}
