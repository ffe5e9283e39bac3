"""Neural style transfer, from what VGG sees to stylised video: the package behind the workbook."""
