using System.Buffers.Text;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>The pipe-separated fields that end every kind of line.</summary>
internal static class StatsDFields
{
    // 9999-12-31T23:59:59Z: what DateTime can hold. Whether a time is believable is the gateway's to judge.
    private const long MaxSeconds = 253_402_300_799;

    /// <summary>Takes the next field off the front.</summary>
    /// <param name="rest">What follows the first pipe. Each call drops a field and its pipe.</param>
    public static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest)
    {
        int pipe = rest.IndexOf((byte)'|');
        ReadOnlySpan<byte> field = pipe < 0 ? rest : rest[..pipe];
        rest = pipe < 0 ? default : rest[(pipe + 1)..];
        return field;
    }

    public static bool TryParseSeconds(ReadOnlySpan<byte> text, out long unixMs)
    {
        unixMs = 0;
        // The parser would take a sign too, and stops at the first byte it does not know.
        if (text.IsEmpty || text[0] is (byte)'+' or (byte)'-' || !Utf8Parser.TryParse(text, out long seconds, out int used) || used != text.Length || seconds > MaxSeconds)
        {
            return false;
        }
        unixMs = seconds * 1000;
        return true;
    }
}
