namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>A clock that runs many times as fast as the machine's, so that minutes close within a test. Timers are the system's.</summary>
internal sealed class FastTime(int times) : TimeProvider
{
    private readonly DateTimeOffset _start = System.GetUtcNow();
    private readonly long _stamp = System.GetTimestamp();

    public long NowMs => GetUtcNow().ToUnixTimeMilliseconds();

    public override DateTimeOffset GetUtcNow() => _start + (System.GetElapsedTime(_stamp) * times);
}
