using Orleans.Storage;

namespace MetricsGrains.Silo.Alerting;

/// <summary>Stores <see cref="StateBytes"/> as the bytes they are, so that SQL can read them and no version of Orleans has a say in their form.</summary>
internal sealed class StateBytesSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T input) => input is StateBytes state ? new BinaryData(state.Bytes) : throw new NotSupportedException($"only grain states of {nameof(StateBytes)} are stored, not {typeof(T)}");

    public T Deserialize<T>(BinaryData input) => new StateBytes { Bytes = input.ToArray() } is T state ? state : throw new NotSupportedException($"only grain states of {nameof(StateBytes)} are stored, not {typeof(T)}");
}
