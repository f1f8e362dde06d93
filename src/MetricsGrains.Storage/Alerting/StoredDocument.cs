using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Alerting;

/// <summary>Reads what was stored as JSON.</summary>
internal static class StoredDocument
{
    /// <param name="table">Where it lies, for people.</param>
    /// <exception cref="StoreConfigurationException">It is of a newer program, or was damaged by hand. Left out in silence, it would be an alert that nobody gets.</exception>
    public static T Read<T>(string json, string table, Guid id)
    {
        try
        {
            return AlertJson.Read<T>(json);
        }
        catch (JsonException fault)
        {
            throw new StoreConfigurationException(
                $"Row {id} of {table} can't be read: run the program that wrote it (a newer one?), or mend or delete the row. ({fault.Message})", fault);
        }
    }
}
