using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>
/// The JSON form in which everything of alerting is stored: snake_case names, enums by name, durations as "5m", tags and filters as
/// objects. Unknown members are ignored and absent ones keep their defaults, so that older and newer programs read each other's.
/// </summary>
public static class AlertJson
{
    public static readonly JsonSerializerOptions Options = Make();

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">Not the form of a <typeparamref name="T"/>; says where.</exception>
    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("null where an object was expected");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            IgnoreReadOnlyProperties = true,
            RespectNullableAnnotations = true,
        };
        // Before the one for all enums: the first that fits is taken.
        options.Converters.Add(new ChannelTypeConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new DurationConverter());
        options.Converters.Add(new StatisticConverter());
        options.Converters.Add(new TagSetConverter());
        options.Converters.Add(new TagFilterConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class ChannelTypeConverter : JsonConverter<ChannelType>
    {
        /// <summary>How PagerDuty stands in documents of versions before 2026-11.</summary>
        private const string OldPagerDuty = "pager_duty";

        public override ChannelType Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType != JsonTokenType.String ? throw new JsonException("a channel's type must be a name")
            : ChannelTypes.TryParse(reader.GetString()!, out ChannelType known) ? known
            : reader.ValueTextEquals(OldPagerDuty) ? ChannelType.PagerDuty
            : throw new JsonException("a channel's type must be slack, pagerduty, email or webhook");

        public override void Write(Utf8JsonWriter writer, ChannelType value, JsonSerializerOptions options) => writer.WriteStringValue(ChannelTypes.NameOf(value));
    }

    private sealed class DurationConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Number => TimeSpan.FromSeconds(reader.GetDouble()),
            JsonTokenType.String when AlertDuration.TryParse(reader.GetString()!, out TimeSpan value) => value,
            _ => throw new JsonException("a duration must be like 90s, 5m, 12h or 7d, or a number of seconds"),
        };

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(AlertDuration.Format(value));
    }

    private sealed class StatisticConverter : JsonConverter<Statistic>
    {
        public override Statistic Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Statistic.TryParse(reader.GetString()!, out Statistic statistic)
                ? statistic
                : throw new JsonException("a statistic must be avg, min, max, sum, count, last, rate, increase, uniq, or a percentile like p99");

        public override void Write(Utf8JsonWriter writer, Statistic value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class TagSetConverter : JsonConverter<TagSet>
    {
        public override TagSet Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            Dictionary<string, string> pairs = JsonSerializer.Deserialize<Dictionary<string, string>>(ref reader, options) ?? throw new JsonException("tags must be an object of strings");
            try
            {
                return TagSet.Of(pairs.Select(p => (p.Key, p.Value)));
            }
            catch (ArgumentException error)
            {
                throw new JsonException(error.Message, error);
            }
        }

        public override void Write(Utf8JsonWriter writer, TagSet value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach ((string key, string text) in value.ToPairs())
            {
                writer.WriteString(key, text);
            }
            writer.WriteEndObject();
        }
    }

    /// <summary>
    /// {"env":"production"}: equal; {"env":{"glob":"prod*"}}, {"env":{"not":"dev"}}; a list holds several of one key: {"env":["a","b",{"not":"c"}]}.
    /// </summary>
    private sealed class TagFilterConverter : JsonConverter<IReadOnlyList<TagFilter>>
    {
        public override IReadOnlyList<TagFilter> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Null)
            {
                return [];
            }
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("a tag filter must be an object like {\"env\":\"production\"}");
            }
            var filters = new List<TagFilter>();
            foreach (JsonProperty key in document.RootElement.EnumerateObject())
            {
                IEnumerable<JsonElement> conditions = key.Value.ValueKind == JsonValueKind.Array ? key.Value.EnumerateArray() : [key.Value];
                filters.AddRange(conditions.Select(c => ConditionOf(key.Name, c)));
            }
            return filters;
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlyList<TagFilter> value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (IGrouping<string, TagFilter> key in value.GroupBy(f => f.Key, StringComparer.Ordinal))
            {
                writer.WritePropertyName(key.Key);
                TagFilter[] conditions = [.. key];
                if (conditions.Length > 1)
                {
                    writer.WriteStartArray();
                }
                foreach (TagFilter condition in conditions)
                {
                    WriteCondition(writer, condition);
                }
                if (conditions.Length > 1)
                {
                    writer.WriteEndArray();
                }
            }
            writer.WriteEndObject();
        }

        private static TagFilter ConditionOf(string key, JsonElement condition)
        {
            if (condition.ValueKind == JsonValueKind.String)
            {
                return new TagFilter(key, TagMatch.Equal, condition.GetString()!);
            }
            if (condition.ValueKind == JsonValueKind.Object && condition.EnumerateObject().ToArray() is [{ Value.ValueKind: JsonValueKind.String } only])
            {
                string value = only.Value.GetString()!;
                return only.Name switch
                {
                    "not" => new TagFilter(key, TagMatch.NotEqual, value),
                    "glob" => new TagFilter(key, TagMatch.Glob, value),
                    _ => throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"tag filter '{key}': '{only.Name}' must be not or glob")),
                };
            }
            throw new JsonException($"tag filter '{key}' must be a value, {{\"not\":value}}, {{\"glob\":pattern}}, or a list of them");
        }

        private static void WriteCondition(Utf8JsonWriter writer, TagFilter condition)
        {
            if (condition.Match == TagMatch.Equal)
            {
                writer.WriteStringValue(condition.Value);
                return;
            }
            writer.WriteStartObject();
            writer.WriteString(condition.Match == TagMatch.NotEqual ? "not" : "glob", condition.Value);
            writer.WriteEndObject();
        }
    }
}
