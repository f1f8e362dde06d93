namespace MetricsGrains.Server.Alerting;

/// <summary>What surrounds a rule's or channel's grain, as far as its end goes.</summary>
internal interface IAlertShell : IDisposable
{
    /// <summary>The store has all there is to save.</summary>
    bool IsSaved { get; }

    Task SaveRestAsync();

    /// <summary>Saves what there is to save, and ends.</summary>
    async Task CloseAsync()
    {
        if (!IsSaved)
        {
            await SaveRestAsync();
        }
        Dispose();
    }
}
