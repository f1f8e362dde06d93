using System.Text.Unicode;
using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>
/// Parses one service check: <c>_sc|name|status|d:seconds|h:host|#tags|m:message</c>, the fields after the status in any order.
/// Source: the DogStatsD datagram format.
/// </summary>
public static class StatsDServiceCheckParser
{
    /// <param name="line">One line without its line break. Never throws whatever it holds.</param>
    /// <param name="result">Borrows <paramref name="line"/>. Of no use unless the status is Ok.</param>
    public static StatsDStatus TryParse(ReadOnlySpan<byte> line, out StatsDServiceCheck result)
    {
        result = default;
        if (!line.StartsWith("_sc|"u8))
        {
            return StatsDStatus.BadServiceCheck;
        }
        ReadOnlySpan<byte> rest = line[4..];
        result.Name = StatsDFields.Take(ref rest);
        if (TextRules.CheckName(result.Name) is var nameStatus && nameStatus != TextStatus.Ok)
        {
            return StatsDStatuses.Of(nameStatus);
        }
        ReadOnlySpan<byte> status = StatsDFields.Take(ref rest);
        if (status.Length != 1 || status[0] is < (byte)'0' or > (byte)'3')
        {
            return StatsDStatus.BadServiceCheck;
        }
        result.Status = status[0] - '0';
        if (!Utf8.IsValid(rest))
        {
            return StatsDStatus.BadUtf8;
        }
        if (rest.Contains((byte)0))
        {
            return StatsDStatus.ControlCharacter;
        }
        while (!rest.IsEmpty)
        {
            ReadField(StatsDFields.Take(ref rest), ref result);
        }
        return StatsDStatuses.Of(TextRules.Check(result.Tags));
    }

    private static void ReadField(ReadOnlySpan<byte> field, ref StatsDServiceCheck result)
    {
        if (field.StartsWith("#"u8))
        {
            result.Tags = field[1..];
        }
        else if (field.StartsWith("h:"u8))
        {
            result.Host = field[2..];
        }
        else if (field.StartsWith("m:"u8))
        {
            result.Message = field[2..];
        }
        else if (field.StartsWith("d:"u8))
        {
            bool good = StatsDFields.TryParseSeconds(field[2..], out long unixMs);
            result.TimestampMs = good ? unixMs : null;
            result.BadFields += good ? 0 : 1;
        }
    }
}
