{{ cortex_scores(source('rsa_effective_robustness', 'rsas')) }}
