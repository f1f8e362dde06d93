namespace MetricsGrains.Server.Alerting;

/// <summary>A figure that is dear to read and asked for often: read anew when what is known is too old. Thread-safe.</summary>
internal sealed class Sampled<T>(Func<T> read, TimeSpan maxAge, TimeProvider time)
{
    private readonly Lock _lock = new();
    private (T Value, long At)? _known;

    public T Read()
    {
        lock (_lock)
        {
            if (_known is not { } known || time.GetElapsedTime(known.At) >= maxAge)
            {
                _known = known = (read(), time.GetTimestamp());
            }
            return known.Value;
        }
    }
}
