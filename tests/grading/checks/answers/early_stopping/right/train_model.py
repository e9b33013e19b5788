from course_lib import EarlyStopping, train_model


def train_with_early_stopping(
    model, train_loader, val_loader, loss_fn, optimizer, device, max_epochs, patience
):
    stopping = EarlyStopping(patience=patience)
    history = train_model(
        model,
        train_loader,
        val_loader,
        max_epochs,
        loss_fn=loss_fn,
        optimizer=optimizer,
        device=device,
        early_stopping=stopping,
        progress=False,
    )
    return model, history
