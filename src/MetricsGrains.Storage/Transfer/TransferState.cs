using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Transfer;

/// <summary>What the target knows of the transfer into it.</summary>
/// <param name="FinishedAtMs">Unix ms; null while it is not finished.</param>
internal sealed record TransferState(string Source, string Fingerprint, long? FinishedAtMs)
{
    /// <summary>All tables that a transfer fills. None of them must hold anything that it did not bring itself.</summary>
    public static readonly IReadOnlyList<string> Tables =
    [
        "metric", "series", "flush_cursor", "dirty_bucket", "partial_hour", "row_count", "store_state", .. Enum.GetValues<PartitionKind>().Select(PgTables.NameOf),
        .. AlertTransfer.Tables.Select(t => t.Name),
    ];

    /// <summary>Begins or takes up the transfer. From then on nothing else can write to the target until it is finished.</summary>
    /// <returns>The state found, or null when the transfer begins now.</returns>
    public static async Task<TransferState?> BeginAsync(Session session, TransferSource source, bool restart, string database, CancellationToken cancel)
    {
        // Alone: whoever writes holds it shared, and looks for a transfer once it has it.
        await session.RunAsync(StoreLock.Exclusive(StoreLock.Retain), cancel);
        TransferState? found = await LoadAsync(session, cancel);
        if (found is { FinishedAtMs: not null })
        {
            return found.Fingerprint == source.Fingerprint ? found : throw Refused(
                $"{database} holds the store that was migrated from '{found.Source}', and '{source.Path}' is another one or was written to since; migrate into an empty database.");
        }
        if (found is not null && restart)
        {
            await session.RunAsync($"TRUNCATE {string.Join(", ", Tables)}, store_transfer, store_transfer_part", cancel);
            found = null;
        }
        if (found is not null)
        {
            return found.Fingerprint == source.Fingerprint ? found : throw Refused(
                $"{database} holds a part of '{found.Source}', and '{source.Path}' is another store or was written to since; run again with --restart to throw that part away and begin anew.");
        }
        if (await session.NumberAsync($"SELECT (CASE WHEN {string.Join(" OR ", Tables.Select(t => $"EXISTS (SELECT FROM {t})"))} THEN 1 ELSE 0 END)::bigint", cancel) != 0)
        {
            throw Refused($"{database} holds metrics already, or alerts, and two stores can't be joined; migrate into an empty database (or an empty schema, through 'Search Path').");
        }
        await session.RunAsync(
            "INSERT INTO store_transfer (source, fingerprint, started_at) VALUES ($1, $2, now())", cancel, Text(source.Path), Text(source.Fingerprint));
        return null;
    }

    public static async Task FinishAsync(Session session, CancellationToken cancel)
    {
        await session.RunAsync("DELETE FROM store_transfer_part", cancel);
        await session.RunAsync("UPDATE store_transfer SET finished_at = now()", cancel);
    }

    public static async Task<List<TransferPart>> PartsAsync(Session session, CancellationToken cancel)
    {
        var parts = new List<TransferPart>();
        await using NpgsqlCommand command = session.Command("SELECT name, after, rows, damaged, done FROM store_transfer_part");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            parts.Add(Part(reader));
        }
        return parts;
    }

    /// <summary>The part as it is now; nobody else moves it until the transaction ends.</summary>
    public static async Task<TransferPart> LockAsync(Session session, string name, CancellationToken cancel)
    {
        await session.RunAsync("INSERT INTO store_transfer_part VALUES ($1, '{}', 0, 0, false) ON CONFLICT DO NOTHING", cancel, Text(name));
        await using NpgsqlCommand command = session.Command("SELECT name, after, rows, damaged, done FROM store_transfer_part WHERE name = $1 FOR UPDATE", Text(name));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return Part(reader);
    }

    public static Task SaveAsync(Session session, TransferPart part, CancellationToken cancel) => session.RunAsync(
        "UPDATE store_transfer_part SET after = $2, rows = $3, damaged = $4, done = $5 WHERE name = $1", cancel,
        Text(part.Name), Numbers(part.After), Number(part.Rows), Number(part.Damaged), new NpgsqlParameter { Value = part.Done });

    private static async Task<TransferState?> LoadAsync(Session session, CancellationToken cancel)
    {
        await using NpgsqlCommand command = session.Command("SELECT source, fingerprint, finished_at FROM store_transfer");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new TransferState(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : PgTime.ToUnixMs(reader.GetFieldValue<long>(2)))
            : null;
    }

    private static TransferPart Part(NpgsqlDataReader reader) =>
        new(reader.GetString(0), reader.GetFieldValue<long[]>(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetBoolean(4));

    private static StoreConfigurationException Refused(string why) => new("The migration can't begin: " + why);
}
