namespace MetricsGrains.Storage.Wal;

/// <summary>Raises events, swallowing what the receiver throws: a broken logger must not cost a record.</summary>
internal sealed class LogEvents(Action<LogEvent>? receiver)
{
    public void Raise(LogEvent logEvent)
    {
        try
        {
            receiver?.Invoke(logEvent);
        }
        catch (Exception)
        {
            // Nowhere to tell it.
        }
    }
}
