namespace MetricsGrains.Core.Ports;

/// <summary>One database that keeps rollups and raw samples, with their cursors in the same transactions, and annotations.</summary>
public interface IMetricStore : IRollupStore, IRawStore, IAnnotationStore, IAsyncDisposable
{
    /// <summary>For people: which database this is, and what its edition means. Known once it is open.</summary>
    string Description { get; }
}
