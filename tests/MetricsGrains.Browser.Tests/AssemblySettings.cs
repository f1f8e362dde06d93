// One node and one browser at a time: times are measured here.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
