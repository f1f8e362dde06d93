using System.Text;

namespace MetricsGrains.Server.Cluster;

/// <summary>What an origin knows of one metric's grain. Guarded by its dispatch's lock.</summary>
internal sealed class MetricLink(string metric, ulong hash)
{
    public string Metric => metric;

    public ulong Hash => hash;

    public byte[] Name { get; } = Encoding.UTF8.GetBytes(metric);

    /// <summary>The next one whose name has the same hash. Practically never.</summary>
    public MetricLink? Next { get; set; }

    public LinkState State { get; set; } = LinkState.Behind;

    /// <summary>Moves whenever what was queued under the state before must not be sent any more.</summary>
    public int Generation { get; set; }

    /// <summary>Its grain was never asked in vain: what comes is held back for the moment until it answers, so that who sends hears what it says.</summary>
    public bool IsNew => Generation <= 1 && State != LinkState.InStep;

    public SiloId Home { get; set; }

    public ulong Epoch { get; set; }

    /// <summary>The metric's first record since this process began to read or write the log.</summary>
    public required ulong FirstLogged { get; init; }

    /// <summary>The last record queued for the grain, in this generation.</summary>
    public ulong LastSent { get; set; }

    /// <summary>The last record that the grain said it has.</summary>
    public ulong AppliedThrough { get; set; }

    /// <summary>See <see cref="Core.Cluster.DispatchAnswer.NeededFrom"/>; as of the last answer.</summary>
    public ulong? NeededFrom { get; set; }

    /// <summary>In this generation the grain has answered to being told that it has everything.</summary>
    public bool IsConfirmed => ConfirmedIn == Generation;

    /// <summary>The generation in which it last answered so.</summary>
    public int? ConfirmedIn { get; set; }

    /// <summary>Counts answers: a holding that was read before the last one says nothing any more.</summary>
    public int Answers { get; set; }

    /// <summary>The oldest record that a later activation might need, going by what is known here; null: none.</summary>
    public ulong? Needed => State == LinkState.InStep ? NeededFrom : Math.Min(NeededFrom ?? ulong.MaxValue, Missing);

    /// <summary>The first record that the grain may lack.</summary>
    public ulong Missing => Math.Max(AppliedThrough + 1, FirstLogged);

    /// <summary>Some record of it was left to the log, and has to be read from there.</summary>
    public bool HasLeft { get; set; }

    /// <summary>When the log got its last record, Unix ms by this machine's clock.</summary>
    public long LastLoggedMs { get; set; }
}
