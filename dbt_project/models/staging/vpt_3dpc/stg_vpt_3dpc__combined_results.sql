-- Ten names stand twice or three times (317 names, 328 rows) because the list of models names
-- them under test and subset headings too. The rows are equal: one evaluation printed again, not a
-- second one. Every row is kept; the repeats get the variants 2 and 3 in the order of the file.
-- accuracy_human is the model's accuracy on the images that people saw, not people's accuracy.
{{ vpt_scores(source('vpt_3dpc', 'combined_results'), {
    'imagenet_accuracy': 'vpt.imagenet.top1',
    'perspective_accuracy': 'vpt.perspective.linear-probe',
    'depth_accuracy': 'vpt.depth.linear-probe',
    'perspective_accuracy_human': 'vpt.perspective-human.linear-probe',
    'depth_accuracy_human': 'vpt.depth-human.linear-probe',
}) }}
