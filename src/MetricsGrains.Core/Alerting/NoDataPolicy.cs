namespace MetricsGrains.Core.Alerting;

/// <summary>What a threshold rule makes of a window without samples, once it lasted <see cref="AlertRule.NoDataAfter"/>. Stored and sent by name ("alert", "keep_last", "ok").</summary>
public enum NoDataPolicy : byte
{
    /// <summary>Fires, and says that data is missing.</summary>
    Alert = 1,

    /// <summary>Stays as it was: what fires goes on firing, what is pending waits.</summary>
    KeepLast = 2,

    /// <summary>As if the condition did not hold.</summary>
    Ok = 3,
}
