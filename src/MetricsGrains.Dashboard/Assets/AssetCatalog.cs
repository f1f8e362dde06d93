using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;

namespace MetricsGrains.Dashboard.Assets;

/// <summary>
/// Scripts, styles and fonts embedded in this assembly. Their addresses carry the build's identity, so they may be cached for ever
/// and a new build is seen at once.
/// </summary>
internal static class AssetCatalog
{
    public const string Root = "/_dashboard";
    private const string ResourcePrefix = "asset/";

    private static readonly Assembly s_assembly = typeof(AssetCatalog).Assembly;
    private static readonly ConcurrentDictionary<string, Asset?> s_assets = new(StringComparer.Ordinal);

    /// <summary>A deterministic build's module id is a hash of its content, embedded assets included.</summary>
    public static string Version { get; } = s_assembly.ManifestModule.ModuleVersionId.ToString("N")[..12];

    /// <summary>The address of an asset relative to the page's base, so a path base works too.</summary>
    public static string Url(string path) => $"{Root[1..]}/{Version}/{path}";

    /// <summary>Null when there is no such asset. Unknown paths are not remembered: their number is the caller's choice.</summary>
    public static Asset? Find(string path)
    {
        if (s_assets.TryGetValue(path, out Asset? known))
        {
            return known;
        }
        using Stream? stream = s_assembly.GetManifestResourceStream(ResourcePrefix + path);
        return stream is null ? null : s_assets.GetOrAdd(path, Load(path, stream));
    }

    private static Asset Load(string path, Stream stream)
    {
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        string type = ContentTypeOf(path);
        return new Asset(bytes, type.StartsWith("text/", StringComparison.Ordinal) ? Compress(bytes) : null, type);
    }

    // Once a process and asset: quality 6 takes some 20 ms for the largest theme, where 11 takes seconds.
    private static byte[] Compress(byte[] bytes)
    {
        byte[] target = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
        return BrotliEncoder.TryCompress(bytes, target, out int written, quality: 6, window: 22) ? target[..written] : bytes;
    }

    private static string ContentTypeOf(string path) => Path.GetExtension(path) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
}
