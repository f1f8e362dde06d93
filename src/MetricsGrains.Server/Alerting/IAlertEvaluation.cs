using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>What evaluates a node's rules and sends their messages: this node under a lease, or all silos of a cluster, each some of them.</summary>
internal interface IAlertEvaluation : IAsyncDisposable
{
    IAlertGrains Grains { get; }

    /// <summary>Why this node takes no part, for people; null when it does.</summary>
    string? StandBy { get; }

    /// <summary>When rules were last evaluated and their data could be read, Unix ms. Null: to say so is another node's duty.</summary>
    long? LastSoundMs { get; }

    /// <summary>The rules that are evaluated here.</summary>
    IReadOnlyList<RuleShell> Rules { get; }

    /// <summary>The channels that are sent through from here.</summary>
    IReadOnlyList<ChannelShell> Channels { get; }

    /// <summary>Names of channels that don't deliver, wherever they are sent through.</summary>
    IReadOnlyList<string> FailingChannels { get; }

    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    Task StartAsync(CancellationToken cancel);

    /// <summary>Ends when it is told to stop. Disposing ends what was evaluated and sent here, saved.</summary>
    Task RunAsync(CancellationToken stop);
}
