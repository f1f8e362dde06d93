namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>The store of the node under test, watched from outside, past all of the product's own reading.</summary>
internal interface ICrashStore
{
    /// <summary>What a node needs to be told to use it.</summary>
    string[] Settings { get; }

    /// <summary>Ends when a node that was just launched comes to the store, or the time is over.</summary>
    Task WaitForOpenAsync(TimeSpan most);

    /// <summary>Ends when the store was written to so many times, or when that takes seconds.</summary>
    Task WaitForWritesAsync(int writes);

    /// <summary>Kills the node.</summary>
    /// <returns>What it was doing to its store, to show that the kills hit what they are meant to hit.</returns>
    Task<string> WatchAsync(Func<Task> kill);

    /// <summary>Its rows, for comparison.</summary>
    IStoredRows OpenRows();
}
