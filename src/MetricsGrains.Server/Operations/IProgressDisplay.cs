namespace MetricsGrains.Server.Operations;

/// <summary>Shows how far a long command is.</summary>
internal interface IProgressDisplay
{
    /// <summary>Runs the body and shows what it reports until it ends.</summary>
    Task<T> RunAsync<T>(Func<Action<StageProgress>, Task<T>> body);
}
