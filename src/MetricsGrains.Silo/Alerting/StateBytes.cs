namespace MetricsGrains.Silo.Alerting;

/// <summary>A grain's state in our own form: Orleans stores it as it is. See docs/formats/cluster-tables.md.</summary>
[GenerateSerializer, Alias("metricsgrains.state")]
internal sealed class StateBytes
{
    [Id(0)]
    public byte[] Bytes { get; set; } = [];
}
