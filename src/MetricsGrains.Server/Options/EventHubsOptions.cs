namespace MetricsGrains.Server.Options;

/// <summary>Where the event hub is.</summary>
/// <param name="ConnectionString">Of the namespace, with the rights to send and to listen. A secret.</param>
/// <param name="ConsumerGroup">Ours alone: a partition may be read by five at a time in each, and a silo reads with up to four.</param>
public sealed record EventHubsOptions(string ConnectionString, string Hub, string ConsumerGroup)
{
    /// <returns>Null: not configured.</returns>
    internal static EventHubsOptions? Read(OptionReader reader)
    {
        string connection = reader.Text("EventHubs:ConnectionString", ""), hub = reader.Text("EventHubs:Hub", ""), group = reader.Text("EventHubs:ConsumerGroup", "$Default");
        if (connection.Length == 0 != (hub.Length == 0))
        {
            reader.Refuse(connection.Length == 0 ? "EventHubs:ConnectionString" : "EventHubs:Hub", "must be set together with the other one, or neither");
        }
        return connection.Length > 0 && hub.Length > 0 ? new EventHubsOptions(connection, hub, group) : null;
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Hub}, consumer group {ConsumerGroup}";
}
