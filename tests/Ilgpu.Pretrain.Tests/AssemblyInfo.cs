// A device is used from one thread at a time, and the machine's cores belong to the test that runs.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
