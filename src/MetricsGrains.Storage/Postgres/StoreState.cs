using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>What writes need to know before they begin.</summary>
/// <param name="Dropped">What retention has dropped; can't change until the transaction ends.</param>
/// <param name="Seq">The first of this transaction's numbers for partial rows.</param>
internal sealed record StoreState(DroppedThrough Dropped, long Seq)
{
    /// <summary>Numbers a transaction has for partial rows of one series and bucket. With more, the last ones share a number and their order among themselves is open.</summary>
    private const int SeqBits = 20;

    /// <summary>Begins a transaction that writes rows.</summary>
    public static async Task<StoreState> BeginWriteAsync(Session session, CancellationToken cancel)
    {
        // Two statements: the second must see what was dropped while the first waited.
        await session.RunAllAsync(cancel, (PgTables.WithoutCompiling, []), (StoreLock.Shared(StoreLock.Retain), []));
        return await LoadAsync(session, cancel);
    }

    /// <summary>Begins a transaction that drops partitions.</summary>
    public static async Task<StoreState> BeginDropAsync(Session session, CancellationToken cancel)
    {
        await session.RunAsync(StoreLock.Exclusive(StoreLock.Retain), cancel);
        return await LoadAsync(session, cancel);
    }

    /// <param name="index">Of the partial row within the transaction.</param>
    public long SeqOf(int index) => Seq + Math.Min(index, (1 << SeqBits) - 1);

    /// <summary>The transaction that a partial row's number came from.</summary>
    public static long AppendOf(long seq) => seq >> SeqBits;

    public static Task NoteDroppedAsync(Session session, PartitionKind kind, long endMs, CancellationToken cancel) => session.RunAsync(
        "INSERT INTO store_state AS s VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = greatest(s.value, excluded.value)",
        cancel, Text($"dropped_{(int)kind}"), Number(endMs));

    /// <exception cref="StoreConfigurationException">A migration into the store is not finished: its cursors are not there yet, so a node would write all its log has once more.</exception>
    public static async Task RefuseUnfinishedTransferAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT source FROM store_transfer WHERE finished_at IS NULL", connection);
        if (await command.ExecuteScalarAsync(cancel) is string source)
        {
            throw new StoreConfigurationException(UnfinishedTransfer(source));
        }
    }

    private static string UnfinishedTransfer(string source) =>
        $"The store is being filled from '{source}', and that is not finished: let 'metricsgrains store migrate' end, or run it again, and then start the node. To give it up, use an empty database.";

    private static async Task<StoreState> LoadAsync(Session session, CancellationToken cancel)
    {
        const string Sql = """
            SELECT nextval('append_seq'), (SELECT value FROM store_state WHERE key = 'dropped_1'),
              (SELECT value FROM store_state WHERE key = 'dropped_2'), (SELECT value FROM store_state WHERE key = 'dropped_3'),
              (SELECT source FROM store_transfer WHERE finished_at IS NULL), (SELECT max(version) FROM metricsgrains_migration)
            """;
        await using NpgsqlCommand command = session.Command(Sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        if (!reader.IsDBNull(4))
        {
            throw new StoreUnavailableException(UnfinishedTransfer(reader.GetString(4)));
        }
        if (reader.GetInt32(5) > Migration.Newest)
        {
            // A node of a newer version has come meanwhile. What waits is in the log, and the newer program will bring it.
            throw new StoreUnavailableException($"The store has been brought to schema version {reader.GetInt32(5)}, this program knows up to {Migration.Newest} and writes nothing more: run the newer program here too.");
        }
        return new StoreState(new DroppedThrough(Or(reader, 1), Or(reader, 2), Or(reader, 3)), reader.GetInt64(0) << SeqBits);
    }

    private static long Or(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? long.MinValue : reader.GetInt64(column);
}
