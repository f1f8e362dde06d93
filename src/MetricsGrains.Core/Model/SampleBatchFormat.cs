namespace MetricsGrains.Core.Model;

/// <summary>Constants of the binary batch form; docs/formats/sample-batch.md draws it.</summary>
public static class SampleBatchFormat
{
    public const byte Version = 1;

    /// <summary>Longest metric name in UTF-8 bytes; the store's column is VARCHAR(255).</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Longest unit in UTF-8 bytes.</summary>
    public const int MaxUnitBytes = 64;

    /// <summary>Bytes of an idempotency key's hash.</summary>
    public const int KeyBytes = 16;

    internal const int HeaderBytes = 5;
    internal const byte FlagKey = 1;
    internal const byte FlagReceipt = 2;
    internal const int ReceiptBytes = 16;

    internal const ulong SampleHasWeight = 1;
    internal const ulong SampleIsInteger = 2;
    internal const int SampleFlagBits = 2;

    internal static ReadOnlySpan<byte> Magic => "MGB"u8;
}
