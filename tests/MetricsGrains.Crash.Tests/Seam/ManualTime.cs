namespace MetricsGrains.Crash.Tests.Seam;

/// <summary>A clock that goes when the test says so. Read and set by several threads.</summary>
internal sealed class ManualTime(long nowMs) : TimeProvider
{
    private long _nowMs = nowMs;

    public long NowMs => Interlocked.Read(ref _nowMs);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);

    public void Advance(long ms) => Interlocked.Add(ref _nowMs, ms);
}
