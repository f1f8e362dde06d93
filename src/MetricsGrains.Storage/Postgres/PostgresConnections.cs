using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Reads the connection string and makes the pool.</summary>
internal static class PostgresConnections
{
    private const string Example = "It looks like this: Host=db.example;Port=5432;Database=metrics;Username=metrics;Password=…";

    /// <exception cref="StoreConfigurationException">The string has a mistake; the message says which, without the password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(PostgresStoreOptions options)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException or InvalidCastException or KeyNotFoundException or NotSupportedException)
        {
            throw new StoreConfigurationException($"The PostgreSQL connection string can't be read: {fault.Message} {Example}", fault);
        }
        if (string.IsNullOrWhiteSpace(builder.Host))
        {
            throw new StoreConfigurationException($"The PostgreSQL connection string names no Host. {Example}");
        }
        // Without a limit a server that hangs would hang the flush for ever.
        if (builder.CommandTimeout == 0 && options.CommandTimeout is null)
        {
            throw new StoreConfigurationException("The PostgreSQL connection string has a 'Command Timeout' of 0, which is none; give the seconds that a statement may take, or leave it out for 30.");
        }
        if (options.MaxPoolSize < 3 || options.CommandTimeout < TimeSpan.FromSeconds(1))
        {
            throw new StoreConfigurationException(
                $"The PostgreSQL store needs a {nameof(options.MaxPoolSize)} of at least 3 (is {options.MaxPoolSize}) and a {nameof(options.CommandTimeout)} of at least a second (is {options.CommandTimeout}).");
        }
        builder.MaxPoolSize = options.MaxPoolSize;
        builder.MinPoolSize = Math.Min(builder.MinPoolSize, options.MaxPoolSize);
        if (options.CommandTimeout is { } commandTimeout)
        {
            builder.CommandTimeout = (int)Math.Ceiling(commandTimeout.TotalSeconds);
        }
        builder.ApplicationName ??= "metricsgrains";
        builder.Enlist = false;
        // Idle connections through a firewall would otherwise die without either end noticing.
        builder.KeepAlive = builder.KeepAlive == 0 ? 60 : builder.KeepAlive;
        return builder;
    }

    /// <summary>"user@host:port/database".</summary>
    public static string NameOf(NpgsqlConnectionStringBuilder builder) =>
        $"{builder.Username}@{builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}";
}
