// The process's meters are heard by every listener in it: one class at a time keeps them apart.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
