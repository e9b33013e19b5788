import matplotlib.pyplot as plt
from IPython.display import clear_output


class TrainingDashboard:
    def __init__(self, num_epochs):
        self.num_epochs = num_epochs
        self.train, self.val = {}, {}
        self.figure = None

    def update(self, epoch, train_loss, val_loss):
        self.train[epoch], self.val[epoch] = train_loss, val_loss
        if self.figure is not None:
            plt.close(self.figure)
        clear_output(wait=True)
        self.figure = plt.figure()
        plt.plot(list(self.train), list(self.train.values()), "bo-", label="train")
        plt.plot(list(self.val), list(self.val.values()), "rs-", label="validation")
        plt.xlabel("epoch")
        plt.ylabel("loss")
        plt.legend()
        plt.show()
