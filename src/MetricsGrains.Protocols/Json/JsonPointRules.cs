using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.Json;

/// <summary>Makes a point of an object's members, or says what is wrong with them.</summary>
internal static class JsonPointRules
{
    public static JsonPointStatus Apply(in JsonPointFields fields, ReadOnlySpan<byte> text, JsonPointScratch scratch, ref JsonPoint point)
    {
        JsonPointStatus status = ReadName(fields.Name, text, scratch, ref point);
        if (status == JsonPointStatus.Ok)
        {
            status = ReadKind(fields.Type, text, ref point);
        }
        if (status == JsonPointStatus.Ok)
        {
            status = ReadValues(fields, text, scratch, ref point);
        }
        if (status == JsonPointStatus.Ok && IsPresent(fields.Timestamp))
        {
            status = JsonTimestamp.TryRead(fields.Timestamp, text, out long unixMs);
            point.TimestampMs = unixMs;
        }
        if (status == JsonPointStatus.Ok && IsPresent(fields.Unit))
        {
            status = ReadUnit(fields.Unit, text, scratch, ref point);
        }
        if (status == JsonPointStatus.Ok && IsPresent(fields.Tags))
        {
            status = fields.Tags.Kind == JsonTokenKind.Object ? JsonPointStatus.Ok : JsonPointStatus.BadTags;
            point.Tags = fields.Tags.Of(text);
        }
        return status;
    }

    private static bool IsPresent(JsonToken token) => token.Kind > JsonTokenKind.Null;

    private static JsonPointStatus ReadName(JsonToken token, ReadOnlySpan<byte> text, JsonPointScratch scratch, ref JsonPoint point)
    {
        if (token.Kind != JsonTokenKind.String)
        {
            return IsPresent(token) ? JsonPointStatus.BadName : JsonPointStatus.MissingName;
        }
        point.Name = token.Of(text);
        if (token.Escaped)
        {
            int length = JsonEscapes.Unescape(point.Name, scratch.Name);
            if (length < 0)
            {
                return length == JsonEscapes.TooLong ? JsonPointStatus.NameTooLong : JsonPointStatus.NameBadUtf8;
            }
            point.Name = scratch.Name.AsSpan(0, length);
        }
        return JsonPointStatuses.OfName(TextRules.CheckName(point.Name));
    }

    private static JsonPointStatus ReadKind(JsonToken token, ReadOnlySpan<byte> text, ref JsonPoint point)
    {
        point.Kind = MetricKind.Gauge;
        if (!IsPresent(token))
        {
            return JsonPointStatus.Ok;
        }
        // Nobody escapes these letters.
        ReadOnlySpan<byte> name = token.Kind == JsonTokenKind.String ? token.Of(text) : default;
        MetricKind kind = name.Length switch
        {
            3 when name.SequenceEqual("set"u8) => MetricKind.Set,
            5 when name.SequenceEqual("gauge"u8) => MetricKind.Gauge,
            5 when name.SequenceEqual("timer"u8) => MetricKind.Distribution,
            7 when name.SequenceEqual("counter"u8) => MetricKind.Counter,
            9 when name.SequenceEqual("histogram"u8) => MetricKind.Distribution,
            12 when name.SequenceEqual("distribution"u8) => MetricKind.Distribution,
            18 when name.SequenceEqual("cumulative_counter"u8) => MetricKind.CumulativeCounter,
            _ => default,
        };
        point.Kind = kind;
        return kind == default ? JsonPointStatus.UnknownType : JsonPointStatus.Ok;
    }

    private static JsonPointStatus ReadValues(in JsonPointFields fields, ReadOnlySpan<byte> text, JsonPointScratch scratch, ref JsonPoint point)
    {
        bool isMany = IsPresent(fields.Values);
        if (isMany == IsPresent(fields.Value))
        {
            return isMany ? JsonPointStatus.TwoValues : JsonPointStatus.MissingValue;
        }
        JsonToken token = isMany ? fields.Values : fields.Value;
        if (isMany && token.Kind != JsonTokenKind.Array)
        {
            return JsonPointStatus.BadValues;
        }
        point.Values = new JsonValues(text, token, isMany, point.Kind == MetricKind.Set, scratch);
        JsonValues values = point.Values;
        while (values.MoveNext())
        {
            if (point.ValueCount++ == 0)
            {
                point.Value = values.Current.Value;
            }
        }
        return values.Status != JsonPointStatus.Ok ? values.Status : point.ValueCount == 0 ? JsonPointStatus.MissingValue : JsonPointStatus.Ok;
    }

    private static JsonPointStatus ReadUnit(JsonToken token, ReadOnlySpan<byte> text, JsonPointScratch scratch, ref JsonPoint point)
    {
        if (token.Kind != JsonTokenKind.String)
        {
            return JsonPointStatus.BadUnit;
        }
        point.Unit = token.Of(text);
        if (token.Escaped)
        {
            int length = JsonEscapes.Unescape(point.Unit, scratch.Unit);
            point.Unit = scratch.Unit.AsSpan(0, Math.Max(0, length));
            if (length < 0)
            {
                return JsonPointStatus.BadUnit;
            }
        }
        return point.Unit.Length <= JsonPoint.MaxUnitBytes && TextRules.Check(point.Unit) == TextStatus.Ok ? JsonPointStatus.Ok : JsonPointStatus.BadUnit;
    }
}
