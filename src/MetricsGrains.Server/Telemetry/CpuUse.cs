namespace MetricsGrains.Server.Telemetry;

/// <summary>Processor time over wall time since the last reading, in cores.</summary>
internal sealed class CpuUse(TimeProvider time)
{
    private long _at = time.GetTimestamp();
    private TimeSpan _used = Environment.CpuUsage.TotalTime;

    public double Read()
    {
        TimeSpan used = Environment.CpuUsage.TotalTime, elapsed = time.GetElapsedTime(_at);
        double cores = elapsed > TimeSpan.Zero ? (used - _used) / elapsed : 0;
        _at = time.GetTimestamp();
        _used = used;
        return cores;
    }
}
