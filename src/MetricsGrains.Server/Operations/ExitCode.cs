namespace MetricsGrains.Server.Operations;

/// <summary>What scripts go by.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Not done, or not to the end: the message says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a setting is wrong; nothing was begun.</summary>
    public const int Usage = 2;

    /// <summary>It was done, and the check of the result failed.</summary>
    public const int CheckFailed = 3;
}
