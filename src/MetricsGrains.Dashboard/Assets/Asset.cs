namespace MetricsGrains.Dashboard.Assets;

/// <param name="Brotli">Null for what is compressed already.</param>
internal sealed record Asset(byte[] Bytes, byte[]? Brotli, string ContentType);
