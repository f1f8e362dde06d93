using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>
/// Parses one StatsD metric line. Source: the DogStatsD datagram format, docs.datadoghq.com/extend/dogstatsd/datagram_shell,
/// protocol v1.0 to v1.4 with the later <c>|e:</c> and <c>|card:</c>; where that page is silent, what the Datadog agent does.
/// <c>name:value[:value…]|type[|@rate][|#tag,tag][|Tseconds][|c:container][|…]</c>, the fields after the type in any order, a
/// repeated one replacing the one before, unknown ones ignored.
/// </summary>
public static class StatsDParser
{
    /// <summary>The smallest sample rate: a rate is a multiplier under the sender's control, and this bounds it to a million.</summary>
    public const double MinSampleRate = 1e-6;

    public static StatsDLineKind KindOf(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != '_')
        {
            return StatsDLineKind.Metric;
        }
        return line.StartsWith("_e{"u8) ? StatsDLineKind.Event : line.StartsWith("_sc|"u8) ? StatsDLineKind.ServiceCheck : StatsDLineKind.Metric;
    }

    /// <param name="line">One line without its line break. Never throws whatever it holds.</param>
    /// <param name="result">Borrows <paramref name="line"/>; its values and tags are not yet read. Of no use unless the status is Ok.</param>
    public static StatsDStatus TryParse(ReadOnlySpan<byte> line, out StatsDLine result)
    {
        result = default;
        int colon = line.IndexOfAny((byte)':', (byte)'|');
        if (colon <= 0)
        {
            return colon == 0 || line.IsEmpty ? StatsDStatus.MissingName : StatsDStatus.MissingValue;
        }
        if (TextRules.CheckName(line[..colon]) is var nameStatus && nameStatus != TextStatus.Ok)
        {
            return StatsDStatuses.Of(nameStatus);
        }
        result.Name = line[..colon];
        ReadOnlySpan<byte> rest = line[(colon + 1)..];
        int pipe = rest.IndexOf((byte)'|');
        if (line[colon] == '|' || pipe == 0 || rest.IsEmpty)
        {
            return StatsDStatus.MissingValue;
        }
        if (pipe < 0 || pipe == rest.Length - 1)
        {
            return StatsDStatus.MissingType;
        }
        result.Values = rest[..pipe];
        rest = rest[(pipe + 1)..];
        ReadOnlySpan<byte> typeField = StatsDFields.Take(ref rest);
        if (!StatsDTypes.TryParse(typeField, out StatsDType type))
        {
            return typeField.IsEmpty ? StatsDStatus.MissingType : StatsDStatus.UnknownType;
        }
        result.Type = type;
        if (type != StatsDType.Set && result.Values[0] == ':' && !result.Values.ContainsAnyExcept((byte)':'))
        {
            return StatsDStatus.MissingValue;
        }
        return ReadFields(rest, ref result);
    }

    private static StatsDStatus ReadFields(ReadOnlySpan<byte> rest, ref StatsDLine result)
    {
        result.SampleRate = 1;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> field = StatsDFields.Take(ref rest);
            if (field.IsEmpty)
            {
                continue;
            }
            switch (field[0])
            {
                case (byte)'#':
                    result.Tags = field[1..];
                    break;
                case (byte)'@':
                    if (!DecimalNumber.TryParse(field[1..], out double rate) || !(rate >= MinSampleRate && rate <= 1))
                    {
                        return StatsDStatus.BadSampleRate;
                    }
                    result.SampleRate = rate;
                    break;
                case (byte)'T':
                    if (!StatsDFields.TryParseSeconds(field[1..], out long unixMs))
                    {
                        return StatsDStatus.BadTimestamp;
                    }
                    result.TimestampMs = unixMs;
                    break;
                default:
                    ReadOrigin(field, ref result);
                    break;
            }
        }
        return result.Tags.IsEmpty ? StatsDStatus.Ok : StatsDStatuses.Of(TextRules.Check(result.Tags));
    }

    private static void ReadOrigin(ReadOnlySpan<byte> field, ref StatsDLine result)
    {
        if (field.StartsWith("c:"u8))
        {
            result.ContainerId = field[2..];
        }
        else if (field.StartsWith("e:"u8))
        {
            result.ExternalData = field[2..];
        }
        else if (field.StartsWith("card:"u8))
        {
            result.Cardinality = field[5..];
        }
    }
}
