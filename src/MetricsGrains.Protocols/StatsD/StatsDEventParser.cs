using System.Buffers.Text;
using System.Text.Unicode;
using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>
/// Parses one event: <c>_e{title bytes,text bytes}:title|text|d:seconds|h:host|k:key|p:low|s:source|t:warning|#tags</c>, the
/// fields after the text in any order. Source: the DogStatsD datagram format.
/// </summary>
public static class StatsDEventParser
{
    /// <param name="line">One line without its line break. Never throws whatever it holds.</param>
    /// <param name="result">Borrows <paramref name="line"/>. Of no use unless the status is Ok.</param>
    public static StatsDStatus TryParse(ReadOnlySpan<byte> line, out StatsDEvent result)
    {
        result = default;
        if (!line.StartsWith("_e{"u8))
        {
            return StatsDStatus.BadEvent;
        }
        ReadOnlySpan<byte> rest = line[3..];
        if (!TryTakeLength(ref rest, (byte)',', out int titleLength) || !TryTakeLength(ref rest, (byte)'}', out int textLength) || rest.IsEmpty || rest[0] != ':')
        {
            return StatsDStatus.BadEvent;
        }
        rest = rest[1..];
        // Lengths are compared one at a time with what is there, so that no sum of them can overflow.
        if (titleLength == 0 || titleLength >= rest.Length || rest[titleLength] != '|')
        {
            return StatsDStatus.BadEvent;
        }
        result.Title = rest[..titleLength];
        rest = rest[(titleLength + 1)..];
        if (textLength > rest.Length || (textLength < rest.Length && rest[textLength] != '|'))
        {
            return StatsDStatus.BadEvent;
        }
        result.Text = rest[..textLength];
        rest = rest[textLength..];
        if (!Utf8.IsValid(line))
        {
            return StatsDStatus.BadUtf8;
        }
        if (line.Contains((byte)0))
        {
            return StatsDStatus.ControlCharacter;
        }
        while (!rest.IsEmpty)
        {
            ReadField(StatsDFields.Take(ref rest), ref result);
        }
        return StatsDStatuses.Of(TextRules.Check(result.Tags));
    }

    private static bool TryTakeLength(scoped ref ReadOnlySpan<byte> rest, byte end, out int length)
    {
        // Utf8Parser takes a sign; a length has none.
        bool good = Utf8Parser.TryParse(rest, out length, out int used) && rest[0] is >= (byte)'0' and <= (byte)'9' && used < rest.Length && rest[used] == end;
        rest = good ? rest[(used + 1)..] : default;
        return good;
    }

    private static void ReadField(ReadOnlySpan<byte> field, ref StatsDEvent result)
    {
        if (field.IsEmpty)
        {
            return;
        }
        if (field[0] == '#')
        {
            result.Tags = field[1..];
            return;
        }
        if (field.Length < 2 || field[1] != ':')
        {
            return;
        }
        ReadOnlySpan<byte> value = field[2..];
        bool good = true;
        switch (field[0])
        {
            case (byte)'d':
                good = StatsDFields.TryParseSeconds(value, out long unixMs);
                result.TimestampMs = good ? unixMs : null;
                break;
            case (byte)'h':
                result.Host = value;
                break;
            case (byte)'k':
                result.AggregationKey = value;
                break;
            case (byte)'s':
                result.SourceType = value;
                break;
            case (byte)'p':
                good = TryParsePriority(value, out StatsDPriority priority);
                result.Priority = priority;
                break;
            case (byte)'t':
                good = TryParseAlertType(value, out StatsDAlertType alertType);
                result.AlertType = alertType;
                break;
        }
        result.BadFields += good ? 0 : 1;
    }

    private static bool TryParsePriority(ReadOnlySpan<byte> value, out StatsDPriority priority)
    {
        priority = value.SequenceEqual("low"u8) ? StatsDPriority.Low : StatsDPriority.Normal;
        return priority != StatsDPriority.Normal || value.SequenceEqual("normal"u8);
    }

    private static bool TryParseAlertType(ReadOnlySpan<byte> value, out StatsDAlertType type)
    {
        type = value.SequenceEqual("error"u8) ? StatsDAlertType.Error
            : value.SequenceEqual("warning"u8) ? StatsDAlertType.Warning
            : value.SequenceEqual("success"u8) ? StatsDAlertType.Success
            : StatsDAlertType.Info;
        return type != StatsDAlertType.Info || value.SequenceEqual("info"u8);
    }
}
